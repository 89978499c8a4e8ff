#include <stddef.h>
#include <stdint.h>

/* libFuzzer's own mutation, for a mutator that repairs what it breaks. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);
