import Planning

extension Session {
    /// The packed weights that a forward of the selected shape reads, the first copy of them, for probes that read them
    /// too. They live as long as the model.
    package func packedWeights() throws(UNet1DError) -> [UnsafeRawBufferPointer] {
        let copies = try preparation.model.weights(plan, preparation.nodes)
        return zip(copies[0], plan.weights).map { UnsafeRawBufferPointer(start: $0, count: $1.bytes) }
    }
}
