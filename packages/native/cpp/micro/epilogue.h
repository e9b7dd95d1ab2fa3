#pragma once

#include "named_numbers.h"

namespace fastts {

FASTTS_CHOICES(Activation, none, relu, relu6);

/// Applied to each sum before it is stored: activation(sum · scale + bias + addend). Each pointer may be null.
struct Epilogue {
  const float* scale;   // [channels]
  const float* bias;    // [channels]
  const float* addend;  // at the output's position, in memory of the output's shape
  Activation activation;
};

}  // namespace fastts
