#include "addon/kernel_tables.h"

#include "isa/isa.h"

namespace fastts {

const KernelEntry* convolution_kernels();
const KernelEntry* matrix_kernels();
FASTTS_PER_ISA(const KernelEntry*, batch_norm_kernels, ())
FASTTS_PER_ISA(const KernelEntry*, binary_kernels, ())
FASTTS_PER_ISA(const KernelEntry*, copy_kernels, ())
FASTTS_PER_ISA(const KernelEntry*, image_kernels, ())
FASTTS_PER_ISA(const KernelEntry*, optimizer_kernels, ())
FASTTS_PER_ISA(const KernelEntry*, pooling_kernels, ())
FASTTS_PER_ISA(const KernelEntry*, reduce_kernels, ())
FASTTS_PER_ISA(const KernelEntry*, softmax_kernels, ())
FASTTS_PER_ISA(const KernelEntry*, unary_kernels, ())

std::vector<const KernelEntry*> kernel_tables() {
  return {
      convolution_kernels(),
      matrix_kernels(),
      FASTTS_BY_ISA(batch_norm_kernels)(),
      FASTTS_BY_ISA(binary_kernels)(),
      FASTTS_BY_ISA(copy_kernels)(),
      FASTTS_BY_ISA(image_kernels)(),
      FASTTS_BY_ISA(optimizer_kernels)(),
      FASTTS_BY_ISA(pooling_kernels)(),
      FASTTS_BY_ISA(reduce_kernels)(),
      FASTTS_BY_ISA(softmax_kernels)(),
      FASTTS_BY_ISA(unary_kernels)(),
  };
}

}  // namespace fastts
