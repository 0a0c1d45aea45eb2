print("unet1d-bench")
