// libsndfile's declarations. The library is opened when a WAV file is: nothing is linked.
#include <sndfile.h>

// Functions, as dlsym gives them.
typedef __typeof__(&sf_open_virtual) sndfile_open_function;
typedef __typeof__(&sf_close) sndfile_close_function;
typedef __typeof__(&sf_readf_float) sndfile_read_function;
typedef __typeof__(&sf_writef_float) sndfile_write_function;
typedef __typeof__(&sf_command) sndfile_command_function;
typedef __typeof__(&sf_strerror) sndfile_error_function;
