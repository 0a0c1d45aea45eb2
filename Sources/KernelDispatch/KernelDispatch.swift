// KernelDispatch
