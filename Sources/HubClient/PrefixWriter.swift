import NIOCore

/// Writes what arrives out of order in order, so that what is on the disk is always the beginning of the file: whoever goes
/// on with it later, huggingface_hub too, has nothing but its size to go by.
actor PrefixWriter {
    private let blob: IncompleteBlob
    private let meter: FetchMeter
    private let file: String
    /// The bytes that are on the disk.
    private(set) var position: Int
    /// What arrived before its turn, by its offset.
    private var early: [Int: ByteBuffer] = [:]

    /// - Parameter position: the bytes that the blob has.
    init(_ blob: IncompleteBlob, position: Int, meter: FetchMeter, file: String) {
        self.blob = blob
        self.position = position
        self.meter = meter
        self.file = file
    }

    /// Takes bytes that begin at `offset`, each of which is given once.
    ///
    /// - Throws: `diskFull`, `write`.
    func write(_ buffer: ByteBuffer, at offset: Int) throws(HubError) {
        meter.add(buffer.readableBytes, of: file)
        guard offset == position else {
            early[offset] = buffer
            return
        }
        var next: ByteBuffer? = buffer
        while let buffer = next {
            try blob.write(buffer, at: position)
            position += buffer.readableBytes
            next = early.removeValue(forKey: position)
        }
    }

    /// Drops what arrived before its turn.
    func forgetEarly() {
        meter.add(-early.values.reduce(0) { $0 + $1.readableBytes }, of: file)
        early = [:]
    }
}
