#include "addon/kernel_tables.h"

#include "conv/conv.h"
#include "isa/isa.h"
#include "kernels/arguments.h"
#include "micro/epilogue.h"

namespace fastts {

const KernelEntry* convolution_kernels();
const KernelEntry* matrix_kernels();
FASTTS_PER_ISA(const KernelEntry*, batch_norm_kernels, ())
FASTTS_PER_ISA(const KernelEntry*, binary_kernels, ())
FASTTS_PER_ISA(const KernelEntry*, copy_kernels, ())
FASTTS_PER_ISA(const KernelEntry*, image_from_bytes_kernels, ())
FASTTS_PER_ISA(const KernelEntry*, image_resize_kernels, ())
FASTTS_PER_ISA(const KernelEntry*, image_sample_kernels, ())
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
      FASTTS_BY_ISA(image_from_bytes_kernels)(),
      FASTTS_BY_ISA(image_resize_kernels)(),
      FASTTS_BY_ISA(image_sample_kernels)(),
      FASTTS_BY_ISA(optimizer_kernels)(),
      FASTTS_BY_ISA(pooling_kernels)(),
      FASTTS_BY_ISA(reduce_kernels)(),
      FASTTS_BY_ISA(softmax_kernels)(),
      FASTTS_BY_ISA(unary_kernels)(),
  };
}

#define FASTTS_NAMED_LIST(name) {#name, k##name##Names}

std::vector<NamedList> named_lists() {
  return {
      FASTTS_NAMED_LIST(Activation),  FASTTS_NAMED_LIST(AdamStep),    FASTTS_NAMED_LIST(BoxedPicture),
      FASTTS_NAMED_LIST(ConvShape),   FASTTS_NAMED_LIST(GatherShape), FASTTS_NAMED_LIST(ImageShape),
      FASTTS_NAMED_LIST(MatMulShape), FASTTS_NAMED_LIST(Outside),     FASTTS_NAMED_LIST(PicturePlan),
      FASTTS_NAMED_LIST(PoolShape),   FASTTS_NAMED_LIST(Sampling),    FASTTS_NAMED_LIST(SgdStep),
  };
}

}  // namespace fastts
