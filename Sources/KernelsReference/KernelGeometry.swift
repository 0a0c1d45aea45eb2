import CKernels

// The reference kernels are scalar, in Double, untiled inside their tile. They are the specification that the vector kernels
// are tested against, and run on any processor.

/// Outputs a packed panel and keys a transposed panel.
let panelColumns = 16

/// What the plan has to know of the reference.
var kernelGeometry: kernel_geometry {
    kernel_geometry(lanes: 16, panel_columns: panelColumns, block_rows: 4, attention_keys: 32, attention_queries: 4)
}
