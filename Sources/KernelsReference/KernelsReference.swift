// KernelsReference
