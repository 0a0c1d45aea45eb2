import KernelDispatch

/// The measured properties of a machine that decide a plan: tiles, and which algorithm a convolution takes.
///
/// A profile decides bits, so it is data that somebody names, never something that the library measures by itself.
/// Plans whose choices are equal have equal identifiers, whatever profile led to them.
public struct MachineProfile: Sendable, Hashable {
    /// Multiply-adds a second of one core, for each instruction set. If the machine lacks an instruction set, this is
    /// the rate of the next narrower one.
    public struct MultiplyAddRates: Sendable, Hashable {
        /// With SSE2.
        public var generic: Double
        /// With AVX2 and FMA.
        public var avx2: Double
        /// With AVX-512.
        public var avx512: Double

        /// The rate of an instruction set; nil: the reference, which counts as the narrowest.
        package subscript(isa: ISA?) -> Double {
            get { self[keyPath: Self.place(of: isa)] }
            set { self[keyPath: Self.place(of: isa)] = newValue }
        }

        private static func place(of isa: ISA?) -> WritableKeyPath<MultiplyAddRates, Double> {
            switch isa {
            case .avx512: \.avx512
            case .avx2: \.avx2
            case .generic, nil: \.generic
            }
        }
    }

    /// Bytes read a second, by the level that they come from.
    public struct Bandwidths: Sendable, Hashable {
        /// From the first level.
        public var l1: Double
        /// From the second level.
        public var l2: Double
        /// From the last level, whatever its number.
        public var l3: Double
        /// From memory.
        public var memory: Double
    }

    /// Sizes of tiles and of what stays in a cache while a tile runs. `Tiling` says how each is used.
    public struct TileSizes: Sendable, Hashable {
        /// Multiply-adds of a convolution's tile: enough that claiming it costs little.
        public var targetMultiplyAdds: Int
        /// Below this a tile is not worth another worker.
        public var minimumMultiplyAdds: Int
        /// Tiles that an operation should have if it is large enough.
        public var wantedTiles: Int
        /// Rows that stay in the first and second level while the panels of a direct convolution pass.
        public var rowBlock: Int
        /// Floats of transformed inputs that stay in the second level, for Winograd convolutions.
        public var transformedFloats: Int
        /// Groups of positions that a Winograd tile has at most.
        public var winogradGroups: Int
        /// Outputs below which the transform of the inputs, which each column tile repeats, costs too much; twice as
        /// many where there are several tiles of rows.
        public var leastWinogradColumns: Int
        /// Floats of a tile of an operation that passes once over its input, at least.
        public var smallestPassFloats: Int
        /// The largest such tile.
        public var largestPassFloats: Int
        /// Norms over more values than this are split into chunks of positions, where no convolution's tiles split
        /// them; four times as many where the batch alone gives enough tiles.
        public var wholeNormValues: Int
    }

    /// The name in errors and reports.
    public var name: String
    /// The processor that it was measured on, in words.
    public var processor: String
    /// The physical cores that were measured together.
    public var cores: Int
    /// Multiply-adds a second of one core.
    public var multiplyAddsPerSecond: MultiplyAddRates
    /// Bytes a second of one core alone. The last level's and memory's decide between convolution algorithms.
    public var oneCoreBandwidth: Bandwidths
    /// Bytes a second of all cores together. No plan depends on it.
    public var allCoresBandwidth: Bandwidths
    /// Models with more bytes of weights than this stream them from memory in every forward.
    public var cachedWeightBytes: Int
    /// Nanoseconds of a stage with a tile for each core, beyond the time of a tile. Decides which stages one worker
    /// runs, and no bits.
    public var barrierNanoseconds: Double
    /// Time of the transforms of Winograd's forms for each input channel, in products of a vector: products that are
    /// `columns` wide take 1 + this ÷ (8·columns) times as long. Those of a Fourier transform take three times as long.
    public var winogradTransforms: Double
    /// Sizes of tiles.
    public var tiles: TileSizes
}

extension MachineProfile {
    /// Bytes a second at which one core reads the weights of a model with `modelWeightBytes` bytes of weights.
    func weightBandwidth(modelWeightBytes: Int) -> Double {
        modelWeightBytes > cachedWeightBytes ? oneCoreBandwidth.memory : oneCoreBandwidth.l3
    }

    /// The compiled-in constants, those of one core of a common server. Every plan without a named profile follows from
    /// them.
    public static let builtIn = MachineProfile(
        name: "built-in", processor: "one core of a common server", cores: 1,
        multiplyAddsPerSecond: MultiplyAddRates(generic: 57e9, avx2: 57e9, avx512: 57e9),
        oneCoreBandwidth: Bandwidths(l1: 200e9, l2: 100e9, l3: 60e9, memory: 16e9),
        allCoresBandwidth: Bandwidths(l1: 200e9, l2: 100e9, l3: 60e9, memory: 16e9),
        cachedWeightBytes: 24 << 20, barrierNanoseconds: 1000, winogradTransforms: 40,
        tiles: TileSizes(
            // Some 40 µs at 100 GFLOP/s.
            targetMultiplyAdds: 2_000_000, minimumMultiplyAdds: 50_000, wantedTiles: 8, rowBlock: 96,
            // 384 KiB.
            transformedFloats: 98_304, winogradGroups: 48, leastWinogradColumns: 64, smallestPassFloats: 2_048,
            largestPassFloats: 32_768, wholeNormValues: 16_384))

    /// A profile by which no transform pays, so that plans take the direct form of every convolution.
    package static let directAlways: MachineProfile = {
        var machine = builtIn
        machine.winogradTransforms = mostTransforms
        return machine
    }()

    /// The most that a file may say of `winogradTransforms`: no transform pays then.
    package static let mostTransforms = 10_000.0
}
