#include "../include/winograd.h"

#include <stdbool.h>

#include "../shares.h"
#include "winograd_kernels.h"
#include "winograd_patches.h"

/* Tiles that are computed at a time, two products on AVX-512: their patches and products stay in the second level of
   cache (1.2 MB with 256 channels) while weights stream by, which cost less than patches that do not stay. */
enum { block_tiles = 28 };

/* Channels whose products are summed at a time. Sums of sums lose less than one long sum: with 256 channels the error
   halves, at no cost in time. */
enum { chunk_channels = 64 };

enum { line_floats = 16 };

/* Floats between things that lie side by side: an odd number of cache lines, so that they fall into all sets of a
   cache. */
static size_t spaced(size_t floats) { return (divided_up(floats, line_floats) | 1) * line_floats; }

/* Transformed weights: [panel of outputs][point][channel][width]. */
static size_t weight_step(const cvk_convolution *s, const winograd_kernels *k) { return spaced(s->channels * k->width); }

size_t cvk_winograd_weights(const cvk_convolution *s, enum cvk_instruction_set instructions) {
    const winograd_kernels *k = winograd_kernels_for(instructions);
    return s->outputs / k->width * winograd_points * weight_step(s, k);
}

/* Scratch memory of a part: transformed patches [point][tile][channel], products [tile][point][width], and a patch at an
   edge of the image. */
static size_t patch_step(const cvk_convolution *s) { return spaced(s->channels); }

static size_t point_step(const cvk_convolution *s) { return spaced(block_tiles * patch_step(s)); }

static size_t product_step(const winograd_kernels *k) { return spaced(winograd_points * k->width); }

static size_t part_size(const cvk_convolution *s, const winograd_kernels *k) {
    size_t edge = patch_extent * patch_extent * s->channels;
    return winograd_points * point_step(s) + block_tiles * product_step(k) + edge;
}

size_t cvk_winograd_scratch(const cvk_convolution *s, enum cvk_instruction_set instructions, size_t parts) {
    return parts * part_size(s, winograd_kernels_for(instructions));
}

void cvk_winograd_transform(const cvk_convolution *s, enum cvk_instruction_set instructions,
                            enum cvk_winograd_direction direction, const float *w, float *transformed, size_t part,
                            size_t parts) {
    const winograd_kernels *k = winograd_kernels_for(instructions);
    bool forward = direction == CVK_WINOGRAD_FORWARD;
    size_t taps = 9, channel_step = forward ? taps : taps * s->outputs, step = weight_step(s, k);
    winograd_weights weights = {.output_step = forward ? taps * s->channels : taps, .turned = !forward};
    size_t panels = s->outputs / k->width;
    for (size_t panel = start_of(part, parts, panels); panel < start_of(part + 1, parts, panels); panel++) {
        for (size_t channel = 0; channel < s->channels; channel++) {
            weights.w = w + panel * k->width * weights.output_step + channel * channel_step;
            k->transform_weights(&weights, transformed + panel * winograd_points * step + channel * k->width, step);
        }
    }
}

/* The products of `tiles` tiles at one point, for one panel of outputs. Products take turns to fetch one and the other
   half of the next point's weights (10 % faster with 256 channels). */
static void multiply(const cvk_convolution *s, const winograd_kernels *k, size_t tiles, const float *v, const float *u,
                     float *m) {
    size_t products = divided_up(tiles, k->tiles);
    for (size_t channel = 0; channel < s->channels; channel += chunk_channels) {
        for (size_t i = 0; i < products; i++) {
            size_t first = start_of(i, products, tiles);
            winograd_product product = {
                .channels = minimum(chunk_channels, s->channels - channel),
                .v = v + first * patch_step(s) + channel,
                .v_step = patch_step(s),
                .u = u + channel * k->width,
                .m = m + first * product_step(k),
                .m_step = product_step(k),
                .add = channel > 0,
                .ahead = weight_step(s, k) + i % 2 * line_floats,
            };
            k->multiply(start_of(i + 1, products, tiles) - first, &product);
        }
    }
}

/* Computes the tiles first..<last, at most block_tiles. */
static void convolve_block(const cvk_convolution *s, const winograd_kernels *k, const float *x, const float *transformed,
                           float *y, float *scratch, size_t first, size_t last) {
    float *v = scratch, *m = v + winograd_points * point_step(s), *patch = m + block_tiles * product_step(k);
    for (size_t i = first; i < last; i++) {
        float *points = v + (i - first) * patch_step(s);
        winograd_transform_patch(s, k, x, winograd_tile_at(s, i), points, point_step(s), patch);
    }
    size_t row_step = s->output_width * s->outputs;
    for (size_t output = 0; output < s->outputs; output += k->width) {
        for (size_t point = 0; point < winograd_points; point++, transformed += weight_step(s, k)) {
            multiply(s, k, last - first, v + point * point_step(s), transformed, m + point * k->width);
        }
        for (size_t i = first; i < last; i++) {
            winograd_tile tile = winograd_tile_at(s, i);
            size_t rows = minimum(tile_extent, s->output_height - tile.row);
            size_t columns = minimum(tile_extent, s->output_width - tile.column);
            size_t pixel = (tile.image * s->output_height + tile.row) * s->output_width + tile.column;
            k->transform_output(m + (i - first) * product_step(k), rows, columns, y + pixel * s->outputs + output,
                                row_step, s->outputs);
        }
    }
}

void cvk_winograd_convolve(const cvk_convolution *s, enum cvk_instruction_set instructions, const float *x,
                           const float *transformed, float *y, float *scratch, size_t part, size_t parts) {
    const winograd_kernels *k = winograd_kernels_for(instructions);
    size_t tiles = winograd_tiles(s), blocks = divided_up(tiles, block_tiles);
    for (size_t i = start_of(part, parts, blocks); i < start_of(part + 1, parts, blocks); i++) {
        convolve_block(s, k, x, transformed, y, scratch + part * part_size(s, k), start_of(i, blocks, tiles),
                       start_of(i + 1, blocks, tiles));
    }
}
