#ifndef CVK_KERNELS_H
#define CVK_KERNELS_H

#include "activation.h"
#include "batch_norm.h"
#include "dropout.h"
#include "elementwise.h"
#include "instruction_sets.h"
#include "maximum_windows.h"
#include "products.h"
#include "weighted_windows.h"

/* Every kernel that exists once for each instruction set, so that tests can call all of those that the machine has. */
struct cvk_kernels {
    struct cvk_batch_norm batch_norm_f32, batch_norm_bf16;
    struct cvk_elementwise elementwise_f32, elementwise_bf16;
    struct cvk_activation activation_f32, activation_bf16;
    struct cvk_products products_f32, products_bf16;
    struct cvk_dropout dropout_f32, dropout_bf16;
    struct cvk_maximum_windows maximum_windows_f32, maximum_windows_bf16;
    struct cvk_weighted_windows weighted_windows_f32, weighted_windows_bf16;
    struct cvk_conversions conversions;
};

/* The kernels for an instruction set. Calling them needs cvk_can_run(set). */
const struct cvk_kernels *_Nonnull cvk_kernels_for(enum cvk_instruction_set set);

#endif
