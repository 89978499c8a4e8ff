#ifndef CVECTORKERNELS_H
#define CVECTORKERNELS_H

#include "batch_norm.h"
#include "elementwise.h"
#include "pixels.h"
#include "segments.h"
#include "update.h"

#endif
