import Testing

@testable import Checkpoint

/// Models of trainers that diffusers cannot compute: what is different, and the way out.
@Suite struct UnlikeDiffusersTests {
    /// A change of a model's tensors.
    enum Edit: Sendable {
        /// Another tensor.
        case added(String, [Int])
        /// Tensors whose names contain a text are missing.
        case removed(String)
        /// Another shape.
        case reshaped(String, [Int])
    }

    private static func apply(_ edit: Edit, to tensors: inout [WritableTensor]) {
        func zeros(_ name: String, _ shape: [Int]) -> WritableTensor {
            WritableTensor(name: name, shape: shape, values: Array(repeating: 0, count: shape.reduce(1, *)))
        }
        switch edit {
        case .added(let name, let shape): tensors.append(zeros(name, shape))
        case .removed(let text): tensors.removeAll { $0.name.contains(text) }
        case .reshaped(let name, let shape):
            let before = tensors.count
            tensors.removeAll { $0.name == name }
            #expect(tensors.count == before - 1)
            tensors.append(zeros(name, shape))
        }
    }

    private static func expect(_ edits: [Edit], of tensors: TrainedTensors, say text: String) throws {
        try tensors.with { written in
            for edit in edits { apply(edit, to: &written) }
        } _: { path in
            let error = #expect(throws: CheckpointError.self) { try ModelDirectory(path).open() }
            #expect(error?.isOneGoodLine == true && error?.description.contains(text) == true, "\(error as Any)")
        }
    }

    private static let inner = "net.3.main.7.main.7.main"

    @Test(arguments: [
        ([Edit.added("net.0.main.2.alpha", [1, 8, 1])], "use_snake false"),
        ([.added("net.3.main.0.weight", [8, 8, 5]), .removed("net.3.main.0.kernel")], "learned_resample false"),
        ([.added("net.9.weight", [8])], "it has 1 tensors that diffusers' UNet1DModel has not, for instance \"net.9."),
        ([.reshaped("net.3.main.0.kernel", [12])], "has 12 taps"),
        ([.reshaped("net.3.main.0.kernel", [])], "must be (8)"),
        ([.removed("net.3.main")], "has a single level; use a depth of 2 or more"),
        ([.removed("\(inner).2.qkv_proj")], "no attention; use n_attn_layers of 1 or more"),
        (
            [.reshaped("\(inner).1.main.0.weight", [64, 32, 5])],
            "innermost level has 64 channels and the one around it 32"
        ),
        ([.reshaped("net.3.main.1.main.0.weight", [64, 8, 5])], "level 2, which attends, has 32 channels and the one"),
        ([.reshaped("net.0.main.0.weight", [8, 34, 5])], "reads 34 channels, not the 2 of the sample and 16"),
        ([.removed("net.6.main.3.weight")], "its tensor \"net.6.main.3.weight\" is missing"),
        ([.removed("net.1.main.3.bias")], "under diffusers' names, missing: down_blocks.0.resnets.1.conv_2.bias"),
        ([.reshaped("net.1.main.0.weight", [8, 8, 3])], "down_blocks.0.resnets.1.conv_1.weight has shape [8, 8, 3]"),
        ([.reshaped("\(inner).2.qkv_proj.weight", [95, 32, 1])], "must be 2 dimensions, the first a multiple of 3"),
        ([.reshaped("\(inner).2.qkv_proj.weight", [96, 16, 2])], "must be 2 dimensions, the first a multiple of 3"),
        ([.reshaped("\(inner).2.out_proj.weight", [])], "must be 2 dimensions"),
        ([.reshaped("timestep_embed.weight", [0, 1])], "not the 2 of the sample and 0 of the"),
    ])
    func danceDiffusion(edits: [Edit], text: String) throws {
        try Self.expect(edits, of: TrainedTensors("dance.ckpt", "diffusion_ema."), say: text)
    }

    @Test(arguments: [
        ([Edit.added("downs.0.2.fn.fn.to_qkv.weight", [384, 8, 1])], "linear attention; use a model with attention"),
        ([.added("returns_mlp.0.weight", [8, 1])], "for instance \"returns_mlp.0.weight\""),
        ([.reshaped("time_mlp.1.weight", [32, 16])], "use dim_mults that begin with 1"),
        ([.reshaped("time_mlp.1.weight", [32])], "must be (outputs, inputs)"),
        ([.removed("ups.1.3.conv")], "missing: up_blocks.1.upsample.conv.weight, up_blocks.1.upsample.conv.bias"),
        ([.removed("downs.2.")], "conv1d.weight has shape [16, 32, 5], but the configuration means [8, 32, 5]"),
    ])
    func planner(edits: [Edit], text: String) throws {
        try Self.expect(edits, of: TrainedTensors("state_planner.pt", "model.", group: "ema"), say: text)
    }

    @Test(arguments: [
        (
            [Edit.reshaped("final_block.0.weight", [8, 24])],
            "reads 16 values, where diffusers' reads the 8 of one position"
        ),
        ([.removed("mid_down2")], "missing: mid_block.down2.conv.weight"),
    ])
    func valueFunction(edits: [Edit], text: String) throws {
        try Self.expect(edits, of: TrainedTensors("state_value.pt", "model.", group: "ema"), say: text)
    }
}
