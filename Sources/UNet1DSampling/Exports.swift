// A loop is made of models, sessions and pools: one import brings them.

@_exported public import UNet1D
