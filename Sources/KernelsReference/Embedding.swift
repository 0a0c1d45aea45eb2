import CKernels
import Glibc

/// y[t] = [cos a; sin a] or [sin a; cos a], then zeros, with a[k] = timestep[t] · frequencies[k].
/// Source: diffusers 0.26.3, embeddings.py, GaussianFourierProjection and get_timestep_embedding.
func embedding(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: embedding_arguments.self)
    for t in 0..<a.count {
        let y = a.y + t * a.y_stride
        let timestep = a.round_timestep == 0 ? a.timesteps[t] : Double(Float(a.timesteps[t]))
        for k in 0..<a.half {
            let angle = timestep * a.frequencies[k]
            y[k] = Float(a.cosine_first == 0 ? sin(angle) : cos(angle))
            y[a.half + k] = Float(a.cosine_first == 0 ? cos(angle) : sin(angle))
        }
        for i in 2 * a.half..<a.y_stride { y[i] = 0 }
    }
}
