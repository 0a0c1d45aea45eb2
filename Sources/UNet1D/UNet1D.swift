// UNet1D
