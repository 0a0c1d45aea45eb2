/// y = proj_attn(softmax(q·kᵀ/√d)·v) + x, with q, k, v of norm(x).
/// Source: diffusers 0.26.3, unet_1d_blocks.py, SelfAttention1d.
package struct SelfAttention1d: Sendable {
    /// Channels for which there is one head.
    static let channelsPerHead = 32

    package let name: String
    package let norm: GroupNorm
    package let query: Linear
    package let key: Linear
    package let value: Linear
    package let projection: Linear
    package let heads: Int

    init(_ name: String, channels: Int) {
        func linear(_ leaf: String, _ use: ExpectedTensor.Use) -> Linear {
            Linear(name: "\(name).\(leaf)", inputs: channels, outputs: channels, use: use)
        }
        self.name = name
        norm = GroupNorm(name: name + ".group_norm", channels: channels)
        query = linear("query", .query)
        key = linear("key", .key)
        value = linear("value", .value)
        projection = linear("proj_attn", .value)
        heads = channels / Self.channelsPerHead
    }

    /// Channels of a head.
    package var headSize: Int { norm.channels / heads }

    package var tensors: [ExpectedTensor] {
        norm.tensors + query.tensors + key.tensors + value.tensors + projection.tensors
    }
}
