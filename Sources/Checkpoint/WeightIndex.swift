/// A model's list of shards: which file holds each tensor.
package struct WeightIndex {
    /// Bytes that an index may have.
    package static let maximumBytes = 1 << 24

    /// The shards as the index names them, without `.` parts, in the order in which it names them first. A name may lead out
    /// of the folder.
    package let shards: [String]
    /// The shard of each tensor.
    let places: [String: String]

    /// - Parameter file: the index's path, which errors name.
    /// - Throws: what the JSON reader throws, `wrongType`, `malformedTensor`.
    package init(_ bytes: [UInt8], file: String) throws(CheckpointError) {
        let json = try JSONReader.read(bytes, file: file, limits: .safetensors)
        guard case .object(let map)? = json["weight_map"] else {
            throw .wrongType(
                file: file, field: "weight_map", found: "missing", expected: "an object from tensors to files")
        }
        var shards: [String] = []
        var known: Set<String> = []
        var places: [String: String] = [:]
        for member in map {
            guard case .string(let name) = member.value, case let shard = Self.shard(name), !shard.isEmpty else {
                throw .wrongType(
                    file: file, field: "weight_map.\(member.key.cut(80))", found: member.value.summary,
                    expected: "a file's name")
            }
            if let other = places.updateValue(shard, forKey: member.key), other != shard {
                throw .malformedTensor(
                    file: file, tensor: member.key, problem: "is said to be in two files; download it again")
            }
            if known.insert(shard).inserted { shards.append(shard) }
        }
        self.shards = shards
        self.places = places
    }

    /// One name for each file, or an index could have it read any number of times.
    private static func shard(_ name: String) -> String {
        name.hasPrefix("/") ? name : name.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}
