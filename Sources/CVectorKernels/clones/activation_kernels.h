/* The kernels of activation.h for ELEMENT. Loops that the compiler vectorises by itself. */

static void NAME(clipped_line)(const void *input, void *output, size_t count, float slope, float offset, float low,
                               float high) {
    const ELEMENT *x = input;
    ELEMENT *y = output;
#pragma clang loop vectorize(assume_safety)
    for (size_t i = 0; i < count; i++) {
        float line = slope * TO_F32(x[i]) + offset;
        line = line < low ? low : line;
        y[i] = FROM_F32(line > high ? high : line);
    }
}

static void NAME(clipped_line_gradient)(const void *output, const void *output_gradient, void *input_gradient,
                                        size_t count, float slope, float low, float high) {
    const ELEMENT *y = output, *dy = output_gradient;
    ELEMENT *dx = input_gradient;
#pragma clang loop vectorize(assume_safety)
    for (size_t i = 0; i < count; i++) {
        float value = TO_F32(y[i]), gradient = slope * TO_F32(dy[i]);
        dx[i] = FROM_F32(low < value && value < high ? gradient : 0);
    }
}
