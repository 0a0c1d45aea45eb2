import Checkpoint

// What a request is, in a text that is the same in every process: it names the files of shared weights. Every field is in it,
// which a test checks: requests that differ must have different texts.

extension WeightRequest {
    var identity: String {
        switch self {
        case .matrix(let matrix): "matrix \(matrix.identity)"
        case .winograd(let winograd): "winograd \(winograd.identity)"
        case .vector(let vector): "vector \(vector.identity)"
        case .frequencies(let frequencies): "frequencies \(frequencies.identity)"
        }
    }
}

extension MatrixRequest {
    var identity: String {
        """
        [\(parts.map(\.identity).joined(separator: ","))] \(columns) \(sources) \(taps) \(layout.identity) \
        \(inputHeads.identity) \(element.kernelElement.rawValue)
        """
    }
}

extension MatrixRequest.Layout {
    var identity: String {
        switch self {
        case .convolution: "convolution"
        case .transposed(let firstTap): "transposed \(firstTap)"
        case .identity: "identity"
        case .transpose(let matrix, let taps): "transpose (\(matrix.identity)) \(taps)"
        }
    }
}

extension WinogradRequest {
    var identity: String {
        "(\(weight.identity)) \(form.points) \(element.kernelElement.rawValue)"
    }
}

extension VectorRequest {
    var identity: String { "[\(parts.map(\.identity).joined(separator: ","))] \(count)" }
}

extension FrequencyRequest {
    var identity: String {
        switch self {
        case .fourier(let tensor, let count): "fourier \(tensor.utf8.count):\(tensor) \(count)"
        case .positional(let count, let shift): "positional \(count) \(shift.value.bitPattern)"
        }
    }
}

extension WeightPart {
    var identity: String {
        """
        \(tensor.utf8.count):\(tensor) \(outputs) \(firstColumn) \(heads.identity) \(scale.bitPattern) \
        \(inputs.map { "\($0.first)+\($0.count)" } ?? "all")
        """
    }
}

extension HeadPadding? {
    fileprivate var identity: String { map { "\($0.size)/\($0.stride)" } ?? "none" }
}

extension WeightPlacement {
    var identity: String {
        switch self {
        case .anywhere: "anywhere"
        case .node(let node): "node \(node)"
        case .interleaved(let nodes): "interleaved \(nodes)"
        }
    }
}
