#pragma once

#include <vector>

#include "addon/kernel.h"

namespace fastts {

/// The kernels of every topic, for the instruction set in use; each table ends with a null name.
std::vector<const KernelEntry*> kernel_tables();

}  // namespace fastts
