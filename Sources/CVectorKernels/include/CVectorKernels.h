#ifndef CVECTORKERNELS_H
#define CVECTORKERNELS_H

#include "activation.h"
#include "batch_norm.h"
#include "bf16.h"
#include "cvk_kernels.h"
#include "dropout.h"
#include "elementwise.h"
#include "instruction_sets.h"
#include "layer_norm.h"
#include "maximum_windows.h"
#include "pixel_edits.h"
#include "pixel_shuffle.h"
#include "pixels.h"
#include "products.h"
#include "response_norm.h"
#include "rows.h"
#include "segments.h"
#include "threads.h"
#include "update.h"
#include "weight_gradient.h"
#include "weight_gradient_bf16.h"
#include "weighted_windows.h"
#include "winograd.h"

#endif
