package import CKernels

extension step_arguments {
    /// A step without operands, in tiles of at most `tileElements` floats.
    ///
    /// - Parameters:
    ///   - elements: of a batch element.
    ///   - outputStride: floats from a batch element of the model's output to the next; nil: `elements`.
    package init(elements: Int, outputStride: Int? = nil, tileElements: Int = 4096) {
        self.init()
        self.elements = elements
        output_stride = outputStride ?? elements
        tile_elements = min(tileElements, elements)
        element_tiles = (elements + tile_elements - 1) / tile_elements
    }
}
