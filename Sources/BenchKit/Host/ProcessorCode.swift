/// A short name for the processor, for files: the generation where it is known, else what the kernel calls it.
enum ProcessorCode {
    /// Source: Linux, arch/x86/include/asm/intel-family.h, arch/x86/kernel/cpu/amd.c.
    static func name(root: String = "") -> String {
        let text = AvailableMemory.read(root + "/proc/cpuinfo")
        func field(_ name: String) -> String {
            let line = text.split(separator: "\n").first { line in
                line.split(separator: ":").first.map { $0.filter { $0 != "\t" } == name } ?? false
            }
            return (line?.split(separator: ":", maxSplits: 1).dropFirst().first ?? "").split(separator: " ")
                .joined(separator: " ")
        }
        let vendor = field("vendor_id")
        if let family = Int(field("cpu family")), let model = Int(field("model")),
            let known = generation(vendor, family, model)
        {
            return known
        }
        return plain(field("model name"))
    }

    private static func generation(_ vendor: String, _ family: Int, _ model: Int) -> String? {
        switch (vendor, family, model) {
        case ("AuthenticAMD", 0x17, ..<0x30): "zen1"
        case ("AuthenticAMD", 0x17, _): "zen2"
        case ("AuthenticAMD", 0x19, 0x10...0x1F), ("AuthenticAMD", 0x19, 0x60...0xAF): "zen4"
        case ("AuthenticAMD", 0x19, _): "zen3"
        case ("AuthenticAMD", 0x1A, ..<0x50), ("AuthenticAMD", 0x1A, 0x60...0x7F): "zen5"
        case ("GenuineIntel", 6, 0x3C...0x3F), ("GenuineIntel", 6, 0x45...0x46): "haswell"
        case ("GenuineIntel", 6, 0x4F), ("GenuineIntel", 6, 0x56): "broadwell"
        case ("GenuineIntel", 6, 0x55): "skylake-server"
        case ("GenuineIntel", 6, 0x6A), ("GenuineIntel", 6, 0x6C): "icelake-server"
        case ("GenuineIntel", 6, 0x8F): "sapphire-rapids"
        case ("GenuineIntel", 6, 0xCF): "emerald-rapids"
        case ("GenuineIntel", 6, 0xAD...0xAE): "granite-rapids"
        default: nil
        }
    }

    /// Letters and digits in lower case, a dash for everything between them, at most 40.
    private static func plain(_ name: String) -> String {
        let words = name.lowercased().split { character in
            !(character.isASCII && (character.isLetter || character.isNumber))
        }
        let short = words.joined(separator: "-").prefix(40)
        return short.isEmpty ? "processor" : String(short)
    }
}
