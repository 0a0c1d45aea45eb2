@testable import BenchKit

/// NumPy's file of an array, and a table of numbers.
func fuzzSignal(_ bytes: [UInt8]) {
    do {
        let array = try NumpyArray(bytes, file: "signal.npy")
        precondition(array.values.count == array.shape.reduce(1, *))
    } catch {
        check(error)
    }
    do {
        let signal = try SignalTable.signal(bytes, file: "signal.csv")
        let again = try SignalTable.signal(SignalTable.bytes(signal, firstRow: 0), file: "signal.csv")
        precondition(again.shape == signal.shape)
    } catch {
        check(error)
    }
}
