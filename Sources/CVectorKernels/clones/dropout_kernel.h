/* `drop` of dropout.h for ELEMENT. */

CVK_INLINE void NAME(drop_vector)(const ELEMENT *x, ELEMENT *y, const uint32_t *words, struct cvk_drop_rule rule,
                                  size_t lanes) {
    u32x16 word;
    memcpy(&word, words, sizeof word);
    i32x16 falls = word < rule.threshold;
    f32x16 kept = rule.scale * NAME(load)(x, lanes) + rule.shift, dropped = rule.dropped;
    NAME(store)(y, (f32x16)((i32x16)where(falls, dropped) | (i32x16)where(~falls, kept)), lanes);
}

static void NAME(drop)(const void *input, void *output, size_t count, struct cvk_random random,
                       struct cvk_drop_rule rule) {
    const ELEMENT *x = input;
    ELEMENT *y = output;
    uint32_t words[random_words];
    for (size_t start = 0; start < count; start += random_words) {
        draw(random, start / 4, words);
        size_t end = count - start < random_words ? count : start + random_words, i = start;
        for (; i + vector_lanes <= end; i += vector_lanes)
            NAME(drop_vector)(x + i, y + i, words + i - start, rule, vector_lanes);
        if (i < end) NAME(drop_vector)(x + i, y + i, words + i - start, rule, end - i);
    }
}
