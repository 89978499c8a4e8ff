#include "winograd_patches.h"

#include <string.h>

#include "../shares.h"

static size_t tile_rows(const cvk_convolution *s) { return divided_up(s->output_height, tile_extent); }

static size_t tile_columns(const cvk_convolution *s) { return divided_up(s->output_width, tile_extent); }

size_t winograd_tiles(const cvk_convolution *s) { return s->images * tile_rows(s) * tile_columns(s); }

winograd_tile winograd_tile_at(const cvk_convolution *s, size_t index) {
    size_t rows = tile_rows(s), columns = tile_columns(s);
    return (winograd_tile){
        .image = index / (rows * columns),
        .row = index / columns % rows * tile_extent,
        .column = index % columns * tile_extent,
    };
}

/* Copies the part of a patch that lies in the image, with zeros around it: patch[row][column][channel]. */
static void copy_patch(const cvk_convolution *s, const float *image, ptrdiff_t row, ptrdiff_t column, float *patch) {
    size_t before = column < 0 ? (size_t)-column : 0;
    size_t after = minimum(patch_extent, (size_t)((ptrdiff_t)s->width - column)), pixel = s->channels;
    for (ptrdiff_t y = row; y < row + patch_extent; y++, patch += patch_extent * pixel) {
        memset(patch, 0, patch_extent * pixel * sizeof *patch);
        if (y < 0 || y >= (ptrdiff_t)s->height) continue;
        const float *first = image + ((size_t)y * s->width + (size_t)(column + (ptrdiff_t)before)) * pixel;
        memcpy(patch + before * pixel, first, (after - before) * pixel * sizeof *patch);
    }
}

void winograd_transform_patch(const cvk_convolution *s, const winograd_kernels *k, const float *x, winograd_tile tile,
                              float *v, size_t point_step, float *patch) {
    const float *image = x + tile.image * s->height * s->width * s->channels;
    ptrdiff_t row = (ptrdiff_t)tile.row - (ptrdiff_t)s->padding_height;
    ptrdiff_t column = (ptrdiff_t)tile.column - (ptrdiff_t)s->padding_width;
    bool inside = row >= 0 && row + patch_extent <= (ptrdiff_t)s->height && column >= 0 &&
                  column + patch_extent <= (ptrdiff_t)s->width;
    if (inside) {
        const float *first = image + ((size_t)row * s->width + (size_t)column) * s->channels;
        return k->transform_input(first, s->width * s->channels, s->channels, v, point_step);
    }
    copy_patch(s, image, row, column, patch);
    k->transform_input(patch, patch_extent * s->channels, s->channels, v, point_step);
}
