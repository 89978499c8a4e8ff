#include <string.h>

#include "weight_gradient_layout.h"

/* Outputs whose sums lie side by side in a panel and are copied together, so that a large layer's are read in runs of
   2 KB. */
enum { stored_outputs = 16 };

/* Where outputs are rows: copies outputs output..<end, as many channels at a time as a panel is wide, so that weights
   stay in the cache while taps fill them in turn. */
static void store_rows(const cvk_convolution *s, const cvk_tile_kernel *k, const float *sums, size_t output, size_t end,
                       float *dw) {
    size_t taps = s->kernel_height * s->kernel_width, columns = columns_of(s);
    for (size_t channel = 0; channel < s->channels; channel += k->width) {
        for (size_t tap = 0; tap < taps; tap++) {
            size_t column = tap * s->channels + channel, last = column + minimum(k->width, s->channels - channel);
            float *weights = dw + output * columns + channel * taps + tap;
            while (column < last) {
                size_t panel = column / k->width, count = minimum(last, (panel + 1) * k->width) - column;
                const float *row = sums + sums_at(s, k, panel, output) + column % k->width;
                for (size_t o = 0; o < end - output; o++) {
                    for (size_t i = 0; i < count; i++) weights[o * columns + i * taps] = row[o * k->width + i];
                }
                column += count;
                weights += count * taps;
            }
        }
    }
}

/* Weights of one output that are turned at a time, in a buffer that lies in the first level of cache: written row by row
   from there they cost a third of what they do when every weight is read from a line of its own. */
enum { turned_weights = 128, widest = 32 };

/* Where outputs are the columns of panels: copies weights weight..<end, [channel][tap], of a panel's outputs. */
static void store_columns(const cvk_convolution *s, const cvk_tile_kernel *k, const float *sums, size_t panel,
                          size_t weight, size_t end, float *dw) {
    float turned[widest][turned_weights];
    size_t taps = s->kernel_height * s->kernel_width, columns = columns_of(s), first = panel * k->width;
    for (size_t i = weight; i < end; i++) {
        const float *column = sums + sums_at(s, k, panel, i % taps * s->channels + i / taps);
        for (size_t o = 0; o < k->width; o++) turned[o][i - weight] = column[o];
    }
    for (size_t o = 0; o < minimum(k->width, s->outputs - first); o++) {
        memcpy(dw + (first + o) * columns + weight, turned[o], (end - weight) * sizeof *dw);
    }
}

void cvk_weight_gradient_store(const cvk_convolution *s, enum cvk_instruction_set instructions, const float *scratch, float *dw,
                               size_t part, size_t parts) {
    const cvk_tile_kernel *k = cvk_tile_kernel_for(instructions);
    if (!outputs_are_wide(s)) {
        size_t groups = divided_up(s->outputs, stored_outputs);
        for (size_t i = start_of(part, parts, groups); i < start_of(part + 1, parts, groups); i++) {
            store_rows(s, k, scratch, i * stored_outputs, minimum((i + 1) * stored_outputs, s->outputs), dw);
        }
        return;
    }
    size_t weights = columns_of(s), runs = divided_up(weights, turned_weights), pieces = panels_of(s, k) * runs;
    for (size_t i = start_of(part, parts, pieces); i < start_of(part + 1, parts, pieces); i++) {
        size_t run = i % runs;
        store_columns(s, k, scratch, i / runs, start_of(run, runs, weights), start_of(run + 1, runs, weights), dw);
    }
}
