// What Swift's runtime would otherwise take from a newer C library than the rest of libunet1d.so needs.

/// The C library's hypotf, for Glibc's overlay in the static runtime, which nothing here calls: without this, libunet1d.so
/// would need glibc 2.35. The squares' sum is exact enough in double that the result is rounded once; of an infinity and a
/// NaN it is infinite. Source: glibc 2.35, sysdeps/ieee754/flt-32/e_hypotf.c.
__attribute__((visibility("hidden"))) float runtime_hypotf(float x, float y) {
    if (__builtin_isinf(x) || __builtin_isinf(y)) return __builtin_inff();
    double a = x, b = y;
    return (float)__builtin_sqrt(a * a + b * b);
}
