// Header-only: kernels.h is the module.
