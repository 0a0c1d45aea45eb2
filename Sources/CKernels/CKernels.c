// The module is its headers; what they say of sizes is checked here.
#include "kernels.h"

_Static_assert(
    sizeof(struct convolution_arguments) <= KERNEL_CONVOLUTION_ARGUMENT_BYTES, "scratch holds the arguments in place");
