import Planning

extension Session {
    /// The packed weights that a forward reads, for probes that read them too. They live as long as the model.
    package func packedWeights() throws(UNet1DError) -> [UnsafeRawBufferPointer] {
        let pointers = try wrapping(UNet1DError.init) { () throws(WeightError) in
            try model.weights.pointers(for: plan)
        }
        return zip(pointers, plan.weights).map { UnsafeRawBufferPointer(start: $0, count: $1.bytes) }
    }
}
