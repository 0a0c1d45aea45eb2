"""The same workloads in unet1d-bench and in other runtimes: one run, one table."""
