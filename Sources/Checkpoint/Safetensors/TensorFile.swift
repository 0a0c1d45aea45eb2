/// A safetensors file, open for reading: its header in memory, its tensors read on request.
///
/// The file stays open as long as the value lives. Reading may come from any thread, and blocks on the disk.
package final class TensorFile: Sendable {
    /// The file's path, which errors mention.
    package var path: String { file.path }
    /// The checked header.
    package let header: SafetensorsHeader
    /// The tensors, in the order of their bytes.
    package var tensors: [TensorDescription] { header.tensors }

    let file: FileDescriptor
    private let dataStart: Int

    /// Opens a file and checks its header. Allocates memory for the header; blocks on the disk.
    ///
    /// - Throws: `cannotRead`, `notARegularFile`, `gitLFSPointer`, `headerLength` and what `SafetensorsHeader` throws.
    package convenience init(path: String) throws(CheckpointError) { try self.init(try FileDescriptor(reading: path)) }

    /// The tensors of an open file.
    init(_ file: FileDescriptor) throws(CheckpointError) {
        self.file = file
        let path = file.path
        if try file.isGitLFSPointer() { throw .gitLFSPointer(file: path) }
        var length: UInt64 = 0
        if file.size >= 8 {
            for byte in try file.bytes(8).reversed() { length = length << 8 | UInt64(byte) }
        }
        guard file.size >= 8, length >= 2, length <= UInt64(file.size - 8) else {
            throw .headerLength(file: path, found: length, fileBytes: file.size)
        }
        guard length <= UInt64(SafetensorsHeader.maximumBytes) else {
            throw .fileTooLarge(
                file: "\(path) (header)", bytes: Int(length), limit: SafetensorsHeader.maximumBytes)
        }
        dataStart = 8 + Int(length)
        header = try SafetensorsHeader(
            try file.bytes(Int(length), at: 8), dataBytes: file.size - dataStart, file: path)
    }

    /// The tensor of that name.
    ///
    /// - Throws: `noSuchTensor`.
    package func tensor(named name: String) throws(CheckpointError) -> TensorDescription {
        guard let tensor = header[name] else { throw .noSuchTensor(file: path, tensor: name) }
        return tensor
    }

    /// Reads a tensor's bytes as they are in the file, little-endian. Allocates nothing; blocks on the disk.
    ///
    /// - Parameters:
    ///   - tensor: one of this file's tensors.
    ///   - start: the first byte to read, counted from the tensor's own.
    ///   - bytes: memory to fill; `start + bytes.byteCount` must not exceed the tensor's bytes.
    /// - Throws: `cannotRead`, `fileShrank`.
    package func read(
        _ tensor: TensorDescription, from start: Int = 0, into bytes: inout MutableRawSpan
    ) throws(CheckpointError) {
        precondition(start >= 0 && start <= tensor.byteCount && bytes.byteCount <= tensor.byteCount - start)
        try file.read(into: &bytes, at: position(of: tensor) + start)
    }

    /// Where a tensor's bytes start in the file.
    func position(of tensor: TensorDescription) -> Int { dataStart + tensor.byteRange.lowerBound }
}

extension FileDescriptor {
    /// Whether the file is what Git LFS leaves in place of a file that was not downloaded.
    ///
    /// Source: git-lfs, docs/spec.md: the first line is `version` and an address under git-lfs.github.com.
    func isGitLFSPointer() throws(CheckpointError) -> Bool {
        let mark = Array("version https://git-lfs".utf8)
        return size >= mark.count && size <= 1024 ? try bytes(mark.count) == mark : false
    }
}
