/// Kinds of operations that people tell apart by colour.
enum OperationFamily: String, CaseIterable {
    case convolution
    case attention
    case linear
    case norm
    case resampling
    case copying

    /// The family of a kind of operation. What is of no other family moves numbers.
    init(kind: String) {
        self =
            switch kind {
            case _ where kind.hasSuffix("convolution"): .convolution
            case _ where kind.hasPrefix("attention"), "transpose-keys": .attention
            case "linear", "embedding": .linear
            case "combine", "combine-gradient", "statistics", "merge", "gradient-sums", "sum-elements": .norm
            case "downsample", "upsample", "resample-gradient": .resampling
            default: .copying
            }
    }

    /// The name in a legend.
    var name: String {
        switch self {
        case .convolution: "Convolution"
        case .attention: "Attention"
        case .linear: "Linear layer"
        case .norm: "Norm, activation, sum"
        case .resampling: "Resampling"
        case .copying: "Copy"
        }
    }

    var colour: Colour {
        switch self {
        case .convolution: .convolution
        case .attention: .attention
        case .linear: .linear
        case .norm: .norm
        case .resampling: .resampling
        case .copying: .copying
        }
    }
}
