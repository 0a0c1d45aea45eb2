import Testing

@testable import Checkpoint

@Suite struct ConfigurationTests {
    private static func parse(_ json: String) throws -> (configuration: UNet1DConfiguration, notes: [String]) {
        try UNet1DConfiguration.parse(Array(json.utf8), file: "config.json")
    }

    /// Dance Diffusion's shape in little, horizon-32 planner, value function: three that run.
    static let audio = UNet1DConfiguration(extraInChannels: 16)
    static let planner = UNet1DConfiguration(
        inChannels: 14, outChannels: 14, timeEmbeddingType: .positional, useTimestepEmbedding: true,
        downBlockTypes: Array(repeating: .downResnetBlock1D, count: 3),
        upBlockTypes: Array(repeating: .upResnetBlock1D, count: 2), midBlockType: .midResTemporalBlock1D,
        outBlockType: .outConv1DBlock, blockOutChannels: [32, 64, 128], actFn: .mish)
    static let value = UNet1DConfiguration(
        inChannels: 14, timeEmbeddingType: .positional, useTimestepEmbedding: true,
        downBlockTypes: Array(repeating: .downResnetBlock1D, count: 3), upBlockTypes: [],
        midBlockType: .valueFunctionMidBlock1D, outBlockType: .valueFunction, blockOutChannels: [32, 64, 128],
        actFn: .mish, downsampleEachBlock: true)

    /// A configuration that runs, one change, and what the refusal must mention; nil where the change is harmless.
    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let mention: String?
        let base: UNet1DConfiguration
        let apply: @Sendable (inout UNet1DConfiguration) -> Void

        init(
            _ name: String, _ mention: String?, _ base: UNet1DConfiguration,
            _ apply: @escaping @Sendable (inout UNet1DConfiguration) -> Void
        ) {
            (testDescription, self.mention, self.base, self.apply) = (name, mention, base, apply)
        }
    }

    static let changes: [Change] = [
        Change("audio", nil, audio) { _ in },
        Change("planner", nil, planner) { _ in },
        Change("value", nil, value) { _ in },
        // Levels and numbers.
        Change("no levels", "block_out_channels", audio) { $0.blockOutChannels = [] },
        Change("65 levels", "block_out_channels", audio) { $0.blockOutChannels = Array(repeating: 32, count: 65) },
        Change("zero width", "block_out_channels[1]", audio) { $0.blockOutChannels[1] = 0 },
        Change("negative width", "block_out_channels[2]", audio) { $0.blockOutChannels[2] = -64 },
        Change("wider than the limit", "block_out_channels[0]", audio) { $0.blockOutChannels[0] = 65537 },
        Change("more down blocks than levels", "down_block_types", audio) { $0.downBlockTypes.append(.downBlock1D) },
        Change("more up blocks than levels", "up_block_types", audio) { $0.upBlockTypes.append(.upBlock1D) },
        Change("more up blocks than skips", "skips", audio) {
            $0.downBlockTypes.removeLast()
            $0.blockOutChannels = [32, 32, 32]
        },
        Change("no channels", "in_channels", audio) { $0.inChannels = 0 },
        Change("no channels in all", "in_channels + extra_in_channels", planner) { $0.extraInChannels = -14 },
        Change("huge channels", "in_channels", planner) { $0.inChannels = .max },
        Change("extra channels of the sample", nil, planner) { $0.extraInChannels = 3 },
        Change("no output channels", "out_channels", planner) { $0.outChannels = 0 },
        Change("unused output channels", nil, value) { $0.outChannels = -5 },
        Change("too many layers", "layers_per_block", planner) { $0.layersPerBlock = 65 },
        Change("layers of many levels", "at most 64 with 4 levels", planner) {
            $0.blockOutChannels.append(128)
            $0.layersPerBlock = 65
        },
        Change("too many layers of all levels", "at most 51 with 5 levels", planner) {
            $0.blockOutChannels += [128, 128]
            $0.layersPerBlock = 52
        },
        Change("unused layers", nil, audio) { $0.layersPerBlock = .max },
        Change("negative layers", nil, planner) { $0.layersPerBlock = -3 },
        // Time embedding.
        Change("activation missing for the MLP", "act_fn", value) { $0.actFn = nil },
        Change("activation missing for the out block", "act_fn", audio) { $0.outBlockType = .outConv1DBlock },
        Change("odd width of the embedding", "time_embedding_dim", audio) { $0.timeEmbeddingDim = 15 },
        Change("negative width of the embedding", "time_embedding_dim", audio) { $0.timeEmbeddingDim = -16 },
        Change("positional ignores that width", nil, planner) { $0.timeEmbeddingDim = 15 },
        Change("a width of the embedding", nil, audio) {
            $0.timeEmbeddingDim = 32
            $0.extraInChannels = 32
        },
        Change("Fourier with MLP", "time MLP reads 64", planner) { $0.timeEmbeddingType = .fourier },
        Change("Fourier with MLP of that width", nil, planner) {
            $0.timeEmbeddingType = .fourier
            $0.timeEmbeddingDim = 20
        },
        Change("frequency shift of half the width", nil, planner) { $0.freqShift = 16 },
        // Down blocks.
        Change("extra channels missing", "set extra_in_channels to 16", audio) { $0.extraInChannels = 0 },
        Change("extra channels of the other embedding", "set extra_in_channels to 32", audio) {
            $0.timeEmbeddingType = .positional
        },
        Change("positional without MLP", nil, audio) {
            $0.timeEmbeddingType = .positional
            $0.extraInChannels = 32
        },
        Change("NoSkip with MLP", "use_timestep_embedding", audio) {
            $0.useTimestepEmbedding = true
            $0.actFn = .silu
        },
        Change("NoSkip not first", "down_blocks.1", audio) { $0.downBlockTypes[1] = .downBlock1DNoSkip },
        Change("attention below 32", "24 channels", audio) { $0.blockOutChannels = [32, 32, 24] },
        Change("attention over 65", "65 channels", audio) { $0.blockOutChannels = [32, 32, 65] },
        Change("attention over 66", nil, audio) { $0.blockOutChannels = [32, 32, 66] },
        Change("resnet without MLP", "use_timestep_embedding", planner) { $0.useTimestepEmbedding = false },
        Change("resnet over 12", "multiple of 8", planner) { $0.blockOutChannels[1] = 12 },
        // Mid block.
        Change("mid block after fewer down blocks", "mid_block", planner) { $0.blockOutChannels.append(256) },
        Change("mid block of that width", nil, planner) {
            $0.blockOutChannels.append(128)
            $0.upBlockTypes.removeLast()
        },
        Change("skip of another width", "skip of down_blocks.1", planner) { $0.blockOutChannels.append(128) },
        Change("mid block with downsampling", nil, planner) { $0.downsampleEachBlock = true },
        Change("mid block with downsampling in an old version", "downsample_each_block", planner) {
            $0.downsampleEachBlock = true
            $0.diffusersVersion = DiffusersVersion(0, 26)
        },
        Change("mid block of the value function over 48", "res2", value) { $0.blockOutChannels[2] = 48 },
        Change("mid block of the value function over 33", nil, value) {
            $0.blockOutChannels[2] = 33
            $0.downBlockTypes[2] = .downBlock1D
        },
        Change("no down blocks", nil, planner) {
            $0.downBlockTypes = []
            $0.upBlockTypes = []
            $0.blockOutChannels = [32]
        },
        // Up blocks and out block.
        Change("up blocks after the value function", "up_blocks.0", value) { $0.upBlockTypes = [.upResnetBlock1D] },
        Change("up to 14 channels", "14 channels", planner) { $0.outBlockType = nil },
        Change("unknown out block", nil, planner) { $0.outBlockType = .other("x") },
        Change("up attention to 2 channels", "2 channels", audio) { $0.upBlockTypes[2] = .attnUpBlock1D },
        Change("out block after the mid block", "OutConv1DBlock", planner) { $0.upBlockTypes = [] },
        Change("groups that do not divide", "norm_num_groups is 5", planner) { $0.normNumGroups = 5 },
        Change("no groups", "norm_num_groups is 0", planner) { $0.normNumGroups = 0 },
        Change("negative groups", "norm_num_groups is -8", planner) { $0.normNumGroups = -8 },
        Change("groups by default", nil, planner) { $0.normNumGroups = nil },
        Change("unused groups", nil, audio) { $0.normNumGroups = 0 },
        Change("value head after the mid block", "ValueFunction", planner) {
            $0.outBlockType = .valueFunction
            $0.upBlockTypes = []
        },
        Change("value head after the up path", nil, planner) { $0.outBlockType = .valueFunction },
        Change("more weights than any machine holds", "weights", planner) {
            $0.blockOutChannels = [65536, 65536, 65536]
            $0.layersPerBlock = 64
        },
    ]

    @Test(arguments: changes)
    func validation(_ change: Change) throws {
        var configuration = change.base
        change.apply(&configuration)
        do throws(CheckpointError) {
            _ = try Network(configuration, file: "config.json")
            #expect(change.mention == nil, "accepted")
        } catch {
            #expect(error.isOneGoodLine)
            #expect(error.description.hasPrefix("config.json: "))
            if let mention = change.mention {
                #expect(error.description.contains(mention), "\(error)")
            } else {
                Issue.record("refused: \(error)")
            }
        }
    }

    @Test func defaultsAloneAreRefusedWithTheWayOut() {
        let error = CheckpointError.noSampleChannels(
            file: "config.json", inChannels: 2, extraInChannels: 0, embedding: "Fourier", width: 16,
            olderWidth: nil)
        #expect(throws: error) { try Network(UNet1DConfiguration(), file: "config.json") }
        #expect(
            error.description
                == "config.json: in_channels is 2 and extra_in_channels is 0, but DownBlock1DNoSkip takes 16 of their sum for "
                + "the Fourier embedding, which leaves none for the sample; set extra_in_channels to 16")
    }

    /// 0.26.3 has eight frequencies; newer versions half of time_embedding_dim, or the first width.
    @Test(
        arguments: [
            (8, nil, 16, true), (32, nil, 64, true), (12, nil, 24, false), (12, 24, 24, true), (8, 24, 16, true),
        ] as [(Int, Int?, Int, Bool)])
    func fourierFrequenciesOfCheckpoints(frequencies: Int, dim: Int?, extra: Int, runs: Bool) {
        let configuration = UNet1DConfiguration(extraInChannels: extra, timeEmbeddingDim: dim)
        let accepted = (try? Network(configuration, fourierFrequencies: frequencies)) != nil
        #expect(accepted == runs)
    }

    // MARK: - Parsing

    @Test func emptyObjectGivesTheDefaults() throws {
        let (configuration, notes) = try Self.parse("{}")
        #expect(configuration == UNet1DConfiguration())
        #expect(notes.isEmpty)
    }

    @Test func everyField() throws {
        let (configuration, notes) = try Self.parse(
            """
            {"_class_name": "UNet1DModel", "_anything": [1], "sample_size": 5, "sample_rate": 6, "in_channels": 7,
             "out_channels": 8, "extra_in_channels": 9, "time_embedding_type": "positional", "flip_sin_to_cos": false,
             "use_timestep_embedding": true, "freq_shift": 1, "down_block_types": ["DownResnetBlock1D"],
             "up_block_types": ["UpResnetBlock1D"], "mid_block_type": "MidResTemporalBlock1D",
             "out_block_type": "OutConv1DBlock", "block_out_channels": [64], "act_fn": "SwiSH", "norm_num_groups": null,
             "layers_per_block": 3, "downsample_each_block": true, "time_embedding_dim": 10}
            """)
        #expect(notes == ["config.json: time_embedding_dim is 10, which is ignored, as nothing looks at it"])
        #expect(
            configuration
                == UNet1DConfiguration(
                    sampleSize: 5, sampleRate: 6, inChannels: 7, outChannels: 8, extraInChannels: 9,
                    timeEmbeddingType: .positional, flipSinToCos: false, useTimestepEmbedding: true, freqShift: 1,
                    downBlockTypes: [.downResnetBlock1D], upBlockTypes: [.upResnetBlock1D],
                    midBlockType: .midResTemporalBlock1D, outBlockType: .outConv1DBlock, blockOutChannels: [64],
                    actFn: .silu, normNumGroups: nil, layersPerBlock: 3, downsampleEachBlock: true, timeEmbeddingDim: 10
                ))
    }

    /// What Python accepts without a look is accepted with a note.
    @Test(arguments: [
        (#"{"unknown": 1}"#, "unknown"), (#"{"act_fn": "tanh"}"#, "act_fn"), (#"{"act_fn": 5}"#, "act_fn"),
        (#"{"norm_num_groups": 8.5}"#, "norm_num_groups"), (#"{"sample_size": [1, 2]}"#, "sample_size"),
        (#"{"sample_rate": 44.1}"#, "sample_rate"), (#"{"flip_sin_to_cos": 1}"#, "flip_sin_to_cos"),
        (#"{"downsample_each_block": "false"}"#, "counts as true"), (#"{"_class_name": "UNet2DModel"}"#, "_class_name"),
        (#"{"freq_shift": "x"}"#, "freq_shift"), (#"{"freq_shift": 1}"#, "freq_shift"),
        (#"{"norm_num_groups": 4}"#, "norm_num_groups"), (#"{"layers_per_block": 2}"#, "layers_per_block"),
        (#"{"act_fn": "silu"}"#, "act_fn"), (#"{"global_cond_channels": 5}"#, "global_cond_channels"),
        (#"{"_class_name": ["pipeline", "UNet1DModel"]}"#, "_class_name"),
    ])
    func harmless(json: String, mention: String) throws {
        let notes = try Self.parse(json).notes
        #expect(notes.count == 1)
        #expect(notes.allSatisfy { $0.contains(mention) && $0.hasPrefix("config.json: ") }, "\(notes)")
    }

    /// Where nothing looks at it, a value that is none leaves the default, which may be null.
    @Test(arguments: [
        (#"{"sample_rate": 44.1}"#, UNet1DConfiguration()), (#"{"sample_size": [1, 2]}"#, UNet1DConfiguration()),
        (#"{"norm_num_groups": 8.5}"#, UNet1DConfiguration()),
        (#"{"norm_num_groups": null}"#, .init(normNumGroups: nil)),
        (
            #"{"time_embedding_type": "positional", "time_embedding_dim": "x"}"#,
            UNet1DConfiguration(timeEmbeddingType: .positional)
        ),
        (
            #"{"sample_size": null, "sample_rate": 0}"#,
            UNet1DConfiguration(sampleSize: nil, sampleRate: 0)
        ),
    ])
    func valuesThatAreNone(json: String, configuration: UNet1DConfiguration) throws {
        #expect(try Self.parse(json).configuration == configuration)
    }

    @Test(arguments: [
        #"[]"#, "1", #"{"_class_name": 5}"#, #"{"_class_name": null}"#, #"{"_class_name": {}}"#,
        #"{"in_channels": "2"}"#, #"{"in_channels": 2.0}"#, #"{"in_channels": true}"#,
        #"{"in_channels": null}"#,
        #"{"block_out_channels": 8}"#, #"{"block_out_channels": [8.0]}"#, #"{"block_out_channels": [true]}"#,
        #"{"block_out_channels": [1e3]}"#, #"{"block_out_channels": null}"#,
        #"{"block_out_channels": [99999999999999999999]}"#,
        #"{"down_block_types": "DownBlock1D"}"#, #"{"down_block_types": [null]}"#,
        #"{"up_block_types": ["UpBlock2D"]}"#,
        #"{"mid_block_type": null}"#, #"{"mid_block_type": "unetmidblock1d"}"#, #"{"time_embedding_type": "learned"}"#,
        #"{"use_timestep_embedding": true, "act_fn": "tanh"}"#, #"{"out_block_type": "ValueFunction", "act_fn": 3}"#,
        #"{"out_block_type": "OutConv1DBlock", "norm_num_groups": 8.5}"#, #"{"_use_default_values": 5}"#,
        #"{"time_embedding_type": "positional", "freq_shift": null}"#, #"{"time_embedding_dim": 16.0}"#,
    ])
    func refused(json: String) {
        #expect(throws: CheckpointError.self) { try Self.parse(json) }
    }

    @Test func fieldsThatUseDefaultsAreForgotten() throws {
        let (configuration, _) = try Self.parse(
            #"{"_use_default_values": ["in_channels", "block_out_channels"], "in_channels": 9, "block_out_channels": "x"}"#
        )
        #expect(configuration == UNet1DConfiguration())
    }

    @Test func otherOutBlocksAreNone() throws {
        #expect(try Self.parse(#"{"out_block_type": "Else"}"#).configuration.outBlockType == .other("Else"))
        #expect(try Self.parse(#"{"out_block_type": 5}"#).configuration.outBlockType == .other("5"))
        #expect(try Self.parse(#"{"out_block_type": null}"#).configuration.outBlockType == nil)
    }

    @Test func manyUnknownKeysGiveFewNotes() throws {
        let keys = (0..<10_000).map { "\"key\($0)\": 0" }.joined(separator: ",")
        #expect(try Self.parse("{\(keys)}").notes.count < 20)
    }

    // MARK: - Tensors

    /// Parameters of the published models, as PyTorch counts them: everything but the resampling kernels.
    @Test(arguments: PublishedModel.allCases)
    func parameters(_ model: PublishedModel) throws {
        let tensors = try Network(model.configuration).tensors
        let kernels: Set<ExpectedTensor.Role> = [.downsamplingKernel, .upsamplingKernel]
        #expect(tensors.filter { !kernels.contains($0.role) }.reduce(0) { $0 + $1.count } == model.parameters)
    }

    /// The layout that diffusers itself wrote: 13 levels.
    @Test func danceDiffusionIsAsPublished() throws {
        let folder = Fixtures.portable.appending(path: "dance_64k").path()
        var published = PublishedModel.danceDiffusion.configuration
        published.diffusersVersion = DiffusersVersion("0.26.3")
        #expect(try ModelDirectory(folder).readConfiguration().network.configuration == published)
        #expect(published.blockOutChannels.count == 13)
    }
}
