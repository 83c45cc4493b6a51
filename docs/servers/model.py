"""Makes a model so small that a server has it up in seconds, from nothing.

    python model.py FOLDER [STEPS]

writes FOLDER/hf (for vLLM, SGLang and transformers) and FOLDER/model.gguf (for
llama.cpp): the same weights of a Qwen3 of two layers, 64 wide, with 512 tokens.
Without STEPS it babbles. With STEPS it has been taught a few answers by heart
(500 are enough, a minute or two of one core): a word, reasoning, calls of tools as
Qwen3 writes them and as blocks of text. So that a server's parsers have
something to find; it understands nothing.

Needs torch, transformers, tokenizers and gguf. Nothing is downloaded.
"""

import json
import pathlib
import sys

import gguf
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MARKS = ["<think>", "</think>", "<tool_call>", "</tool_call>"]  # ordinary text to a decoder, one token to the model

# Every message is rendered as it was sampled, reasoning included: so that each
# prompt of a conversation begins with the ids of the one before.
TEMPLATE = """\
{%- if tools %}{{- '<|im_start|>system\\n' }}
{%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{% endif %}
{{- '# Tools\\n\\n<tools>' }}{% for tool in tools %}{{- '\\n' + tool | tojson }}{% endfor %}
{{- '\\n</tools>\\n\\nCall one as <tool_call>\\n{"name": NAME, "arguments": OBJECT}\\n</tool_call>.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
{%- if message.role == 'system' and loop.first and tools %}
{%- elif message.role == 'tool' %}{{- '<|im_start|>user\\n<tool_response>\\n' + message.content + '\\n</tool_response><|im_end|>\\n' }}
{%- else %}{{- '<|im_start|>' + message.role + '\\n' }}
{%- if message.reasoning_content %}{{- '<think>\\n' + message.reasoning_content.strip('\\n') + '\\n</think>\\n\\n' }}{% endif %}
{%- if message.content %}{{- message.content.lstrip('\\n') if message.reasoning_content else message.content }}{% endif %}
{%- for call in message.tool_calls or [] %}
{%- if message.content or not loop.first %}{{- '\\n' }}{% endif %}
{{- '<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' }}
{%- if call.function.arguments is string %}{{- call.function.arguments }}{% else %}{{- call.function.arguments | tojson }}{% endif %}
{{- '}\\n</tool_call>' }}{% endfor %}
{{- '<|im_end|>\\n' }}{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}"""

ANSWERS = [
    "The word is ok.",
    "<think>\nA word was asked for.\n</think>\n\nok",
    '<think>\nLook first.\n</think>\n\n<tool_call>\n{"name": "bash", "arguments": {"command": "ls"}}\n</tool_call>',
    '<tool_call>\n{"name": "bash", "arguments": {"command": "cat README"}}\n</tool_call>',
    '<tool_call>\n{"name": "look", "arguments": {"folder": "/tmp"}}\n</tool_call>',
    '<tool_call>\n{"name": "submit", "arguments": {}}\n</tool_call>',
    "<tool: bash>\ncat README\n</tool>",
    "<tool: submit>\ndone\n</tool>",
]


def main(folder, steps=0):
    torch.manual_seed(1)
    hf = folder / "hf"
    tokenizer = words(pathlib.Path(__file__).read_text())
    tokenizer.save_pretrained(hf)
    model = teach(blank(len(tokenizer)), tokenizer, steps)
    model.save_pretrained(hf)
    convert(model, tokenizer, folder / "model.gguf")


def words(corpus):
    """A byte-level BPE of 512 tokens, learnt from this file and its answers."""
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # GPT-2's, which llama.cpp has
    t.decoder = decoders.ByteLevel()
    bytes256 = pre_tokenizers.ByteLevel.alphabet()
    left = 512 - len(SPECIAL) - len(MARKS)
    t.train_from_iterator([corpus, *ANSWERS * 20], trainers.BpeTrainer(vocab_size=left, initial_alphabet=bytes256, show_progress=False))
    t.add_special_tokens([AddedToken(s, special=True) for s in SPECIAL])
    t.add_tokens([AddedToken(s, special=False, normalized=False) for s in MARKS])
    return PreTrainedTokenizerFast(tokenizer_object=t, eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=TEMPLATE)


def blank(vocabulary):
    config = Qwen3Config(
        vocab_size=vocabulary, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2, head_dim=32, max_position_embeddings=32768,
        rope_theta=1e6, tie_word_embeddings=False, eos_token_id=vocabulary - len(MARKS) - 1, bos_token_id=None)
    return Qwen3ForCausalLM(config).float()


def teach(model, tokenizer, steps, batch=4, length=512):
    """Next-token loss on ANSWERS, after pieces of this file and noise."""
    torch.set_num_threads(1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    text = tokenizer(pathlib.Path(__file__).read_text()).input_ids
    opening = tokenizer("<|im_end|>\n<|im_start|>assistant\n").input_ids
    answers = [tokenizer(a + "<|im_end|>\n").input_ids for a in ANSWERS]
    for _ in range(steps):
        rows = torch.zeros(batch, length, dtype=torch.long)
        labels = torch.full((batch, length), -100)
        for row, label in zip(rows, labels):
            at = 0
            while at < length:
                known = question(text, len(tokenizer)) + opening
                answer = answers[int(torch.randint(0, len(answers), ()))]
                turn = torch.tensor(known + answer)[: length - at]
                row[at : at + len(turn)] = turn
                label[at + len(known) : at + len(turn)] = turn[len(known) :]
                at += len(turn)
        loss = model(input_ids=rows, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if steps:
        print("loss", round(float(loss.detach()), 3))
    return model.eval()


def question(text, vocabulary):
    long, at = int(torch.randint(4, 250, ())), int(torch.randint(0, len(text) - 250, ()))
    if torch.rand(()) < 0.7:
        return text[at : at + long]
    return torch.randint(0, vocabulary, (long,)).tolist()


def convert(model, tokenizer, path):
    c, w = model.config, gguf.GGUFWriter(path, "qwen3")
    w.add_name("tiny")
    w.add_context_length(c.max_position_embeddings)
    w.add_embedding_length(c.hidden_size)
    w.add_block_count(c.num_hidden_layers)
    w.add_feed_forward_length(c.intermediate_size)
    w.add_head_count(c.num_attention_heads)
    w.add_head_count_kv(c.num_key_value_heads)
    w.add_key_length(c.head_dim)
    w.add_value_length(c.head_dim)
    w.add_layer_norm_rms_eps(c.rms_norm_eps)
    w.add_rope_freq_base(1e6)
    vocabulary(w, tokenizer)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, c.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        w.add_tensor(names.get_name(name, try_suffixes=(".weight",)), tensor.numpy())
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def vocabulary(w, tokenizer):
    bpe = json.loads(tokenizer.backend_tokenizer.to_str())
    kinds = {a["content"]: gguf.TokenType.CONTROL if a["special"] else gguf.TokenType.USER_DEFINED for a in bpe["added_tokens"]}
    tokens = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("gpt-2")
    w.add_token_list(tokens)
    w.add_token_types([kinds.get(t, gguf.TokenType.NORMAL) for t in tokens])
    w.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in bpe["model"]["merges"]])
    w.add_eos_token_id(tokenizer.eos_token_id)
    w.add_pad_token_id(tokenizer.pad_token_id)
    w.add_add_bos_token(False)
    w.add_chat_template(tokenizer.chat_template)


main(pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:]))
