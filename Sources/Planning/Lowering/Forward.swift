import Checkpoint

extension Lowering {
    /// The forward, in the order of the reference: time, down, mid, up, out.
    /// Source: diffusers 0.26.3, unet_1d.py, UNet1DModel.forward.
    mutating func forward() throws(PlanningError) -> Value {
        try timeEmbedding()
        try encodeLocalCondition()
        var x = try gather(channels: network.sampleChannels, embedding: time.embedding)
        let (downs, ups) = (network.down.count, network.up.count)
        for (index, block) in network.down.enumerated() {
            // Up blocks after the one that takes its skip; those before that take what has come from it, too.
            influence = Self.influence(joins: ups - downs + index)
            x = try downBlock(x, block)
        }
        influence = Self.influence(joins: ups)
        x = try midBlock(x, network.mid)
        for (index, block) in network.up.enumerated() {
            influence = Self.influence(joins: ups - 1 - index)
            if ups - index == shortLevels {
                deep = x
                kept.insert(x.buffer)
            }
            x = try upBlock(x, block)
        }
        if let out = network.out { x = try outBlock(x, out) }
        scatter(x)
        return x
    }

    /// Where an up block joins what comes from below with its skip, a quarter of the result is from below. Measured
    /// with PyTorch's initial weights: a seventh.
    private static func influence(joins: Int) -> Double { 1 / Double(1 << max(0, min(2 * joins, 60))) }
}
