/* A stripe of a cvk_normalisation, for ELEMENT. */

struct NAME(constants) {
    struct pair high, low, scale, shift;
};

/* low * scale is moved into the shift once, instead of being subtracted in every row. */
CVK_INLINE struct NAME(constants) NAME(load_normalisation)(const struct cvk_normalisation *from, size_t c,
                                                           size_t width) {
    struct NAME(constants) constants = {
        NAME(load_constants)(from->mean_high + c, width), NAME(load_constants)(from->mean_low + c, width),
        NAME(load_constants)(from->scale + c, width), NAME(load_constants)(from->shift + c, width)};
    EACH_VECTOR(v, width) constants.shift.of[v] -= constants.low.of[v] * constants.scale.of[v];
    return constants;
}

/* x - mean_high, which is exact for nearby floats. */
CVK_INLINE f32x16 NAME(deviation)(struct pair x, const struct NAME(constants) *constants, size_t v) {
    return x.of[v] - constants->high.of[v];
}

/* What `normalise` computes and what the masks of both gradient kernels are taken from: one expression, so that they
   agree in every bit. */
CVK_INLINE f32x16 NAME(normalised)(f32x16 deviation, const struct NAME(constants) *constants, size_t v) {
    return deviation * constants->scale.of[v] + constants->shift.of[v];
}
