bash sum_t.sh
