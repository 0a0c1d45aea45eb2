import Glibc

/// Writing to what is open already, such as standard output.
public enum Descriptor {
    /// Writes all bytes; the error number where that fails. Blocks.
    public static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32? {
        var done = 0
        while done < bytes.count {
            let put = Glibc.write(descriptor, bytes.baseAddress.unsafelyUnwrapped + done, bytes.count - done)
            if put > 0 {
                done += put
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }

    /// Writes a text; the error number where that fails. Blocks.
    public static func write(_ text: String, to descriptor: Int32) -> Int32? {
        var text = text
        return text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
    }
}
