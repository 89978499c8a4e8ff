#ifndef CVK_WINOGRAD_PATCHES_H
#define CVK_WINOGRAD_PATCHES_H

#include "../include/winograd.h"
#include "winograd_kernels.h"

enum { tile_extent = 4, patch_extent = 6 };

/* A tile of outputs. */
typedef struct {
    size_t image, row, column; /* of its first pixel */
} winograd_tile;

/* Tiles of all images. */
size_t winograd_tiles(const cvk_convolution *convolution);

winograd_tile winograd_tile_at(const cvk_convolution *convolution, size_t index);

/* v[point * point_step + c], transformed from the patch of x that a tile sees. `patch` has room for one,
   [row][column][channel], which a patch that reaches beyond the image is copied to. */
void winograd_transform_patch(const cvk_convolution *convolution, const winograd_kernels *kernels, const float *x,
                              winograd_tile tile, float *v, size_t point_step, float *patch);

#endif
