#pragma once

#include <vector>

#include "addon/kernel.h"

namespace fastts {

/// The kernels of every topic, for the instruction set in use; each table ends with a null name.
std::vector<const KernelEntry*> kernel_tables();

/// One list of named_numbers.h.
struct NamedList {
  const char* name;
  const char* names;  // separated by ", "
};

/// The lists of all numbers that kernels take by name.
std::vector<NamedList> named_lists();

}  // namespace fastts
