import CSndfile
import UNet1D

/// How numbers are stored in a WAV file.
public enum WaveDepth: Int, Sendable, CaseIterable {
    /// Integers of 16 bits; what is beyond −1 ... 1 is cut.
    case integers16 = 16
    /// Integers of 24 bits; what is beyond −1 ... 1 is cut.
    case integers24 = 24
    /// Floats, as they are.
    case floats = 32

    fileprivate var format: Int32 {
        let depth =
            switch self {
            case .integers16: SF_FORMAT_PCM_16
            case .integers24: SF_FORMAT_PCM_24
            case .floats: SF_FORMAT_FLOAT
            }
        return Int32(SF_FORMAT_WAV | depth)
    }
}

/// WAV files, through libsndfile.
enum WaveFile {
    /// The most numbers that are read.
    private static let maximumCount = 1 << 28
    /// Positions that are read at once.
    private static let block = 4096

    /// The file's bytes of a signal.
    ///
    /// - Parameters:
    ///   - signal: (1, channels, length).
    ///   - file: the name that errors mention.
    /// - Throws: `BenchError.sound`.
    static func bytes(_ signal: Tensor, sampleRate: Int, depth: WaveDepth, file: String) throws(BenchError) -> [UInt8] {
        let library = try SoundLibrary(for: file)
        let (channels, length) = (signal.shape[1], signal.shape[2])
        var info = SF_INFO()
        (info.samplerate, info.channels, info.format) = (
            Int32(clamping: sampleRate), Int32(clamping: channels), depth.format
        )
        let memory = SoundMemory()
        let handle = try open(memory, &info, SFM_WRITE, library, file)
        _ = library.command(handle, Int32(SFC_SET_CLIPPING), nil, Int32(SF_TRUE))
        // The chunk of peaks has the time of day in it: files of the same signal would differ.
        _ = library.command(handle, Int32(SFC_SET_ADD_PEAK_CHUNK), nil, Int32(SF_FALSE))
        var frames = [Float](repeating: 0, count: channels * length)
        for channel in 0..<channels {
            for i in 0..<length { frames[i * channels + channel] = signal.scalars[channel * length + i] }
        }
        let written = library.write(handle, frames, Int64(length))
        let reason = library.reason(handle)
        guard library.close(handle) == 0, written == length else {
            throw .sound(file: file, problem: "cannot be made: \(reason)", remedy: "use .safetensors, .npy or .csv")
        }
        return memory.bytes
    }

    /// The signal of a file's bytes, (1, channels, length), and its rate.
    ///
    /// - Throws: `BenchError.sound`.
    static func signal(_ bytes: [UInt8], file: String) throws(BenchError) -> (signal: Tensor, sampleRate: Int) {
        let library = try SoundLibrary(for: file)
        var info = SF_INFO()
        let memory = SoundMemory(bytes)
        let handle = try open(memory, &info, SFM_READ, library, file)
        defer { withExtendedLifetime(memory) { _ = library.close(handle) } }
        let channels = Int(info.channels)
        var frames: [Float] = []
        var buffer = [Float](repeating: 0, count: block * channels)
        while true {
            let got = Int(library.read(handle, &buffer, Int64(block)))
            if got <= 0 { break }
            frames += buffer[..<(got * channels)]
            if frames.count > maximumCount {
                throw .sound(file: file, problem: "has more than \(maximumCount) numbers", remedy: "cut it")
            }
        }
        let length = frames.count / channels
        guard length > 0 else { throw .sound(file: file, problem: "holds no signal", remedy: "give one that does") }
        var scalars = [Float](repeating: 0, count: frames.count)
        for channel in 0..<channels {
            for i in 0..<length { scalars[channel * length + i] = frames[i * channels + channel] }
        }
        return (Tensor(unchecked: scalars, shape: [1, channels, length]), Int(info.samplerate))
    }

    private static func open(
        _ memory: SoundMemory, _ info: inout SF_INFO, _ mode: Int, _ library: SoundLibrary, _ file: String
    ) throws(BenchError) -> OpaquePointer {
        var functions = SoundMemory.functions
        // libsndfile copies the functions, and the caller keeps the memory.
        if let handle = library.open(&functions, Int32(mode), &info, Unmanaged.passUnretained(memory).toOpaque()) {
            return handle
        }
        throw .sound(
            file: file, problem: "libsndfile: \(library.reason(nil))",
            remedy: mode == SFM_READ ? "give a WAV file" : "use .safetensors, .npy or .csv")
    }
}
