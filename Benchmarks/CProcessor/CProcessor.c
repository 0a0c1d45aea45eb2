#include "processor_level.h"
