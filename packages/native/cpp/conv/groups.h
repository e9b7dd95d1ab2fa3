#pragma once

#include "conv/conv.h"
#include "memory/scratch.h"

namespace fastts {

/// The same convolution with neighboring groups joined until a group is about as wide as a vector register.
///
/// A joined filter is zero between inputs and outputs of different groups. The multiplications by zero are still
/// several times faster than products of a few columns. Returns `shape` itself where joining does not help.
ConvShape join_groups(const ConvShape& shape);

/// The filter of `joined` from that of `shape`.
Scratch<float> join_filter(const ConvShape& shape, const ConvShape& joined, const float* filter);

/// The filter of `shape` from that of `joined`, without the entries between different groups.
void split_filter(const ConvShape& shape, const ConvShape& joined, const float* joined_filter, float* filter);

}  // namespace fastts
