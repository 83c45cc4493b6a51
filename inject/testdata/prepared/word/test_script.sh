bash word_t.sh
