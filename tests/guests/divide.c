/*
 * Prints what the eight instructions that divide answer to ordinary and to impossible divisions. RISC-V has a result
 * for each of them and no trap (The RISC-V Instruction Set Manual, volume I, "Semantics for division by zero and
 * division overflow"):
 *
 *                            quotient             remainder
 *     x / 0                  all bits 1           x
 *     least number / -1      least number         0
 *
 * In C both are undefined. So on RISC-V the instructions are written out; elsewhere the table above is.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __riscv
#define INSTRUCTION(name, type, is_signed, sign_extended, operator)              \
    static uint64_t do_##name(uint64_t a, uint64_t b)                            \
    {                                                                            \
        uint64_t result;                                                         \
                                                                                 \
        __asm__ volatile(#name " %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));   \
        return result;                                                           \
    }
#else
#define INSTRUCTION(name, type, is_signed, sign_extended, operator)              \
    static uint64_t do_##name(uint64_t left, uint64_t right)                     \
    {                                                                            \
        type a = (type)left, b = (type)right, result;                            \
        int is_remainder = #operator[0] == '%';                                  \
                                                                                 \
        if (b == 0)                                                              \
            result = is_remainder ? a : (type)-1;                                \
        else if (is_signed && b == (type)-1)                                     \
            result = is_remainder ? 0 : (type)(0 - (uint64_t)a);                 \
        else                                                                     \
            result = a operator b;                                               \
        return (uint64_t)(int64_t)(sign_extended)result;                         \
    }
#endif

INSTRUCTION(div, int64_t, 1, int64_t, /)
INSTRUCTION(divu, uint64_t, 0, int64_t, /)
INSTRUCTION(rem, int64_t, 1, int64_t, %)
INSTRUCTION(remu, uint64_t, 0, int64_t, %)
INSTRUCTION(divw, int32_t, 1, int32_t, /)
INSTRUCTION(divuw, uint32_t, 0, int32_t, /)
INSTRUCTION(remw, int32_t, 1, int32_t, %)
INSTRUCTION(remuw, uint32_t, 0, int32_t, %)

static const uint64_t VALUES[] = {
    0, 1, 2, 7, (uint64_t)-1, (uint64_t)-7, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0xffffffff80000000,
    0x123456789abcdef0, 0x7fffffffffffffff, 0x8000000000000000,
};
#define COUNT (sizeof VALUES / sizeof *VALUES)

int main(void)
{
    printf("a b: div divu rem remu divw divuw remw remuw\n");
    for (unsigned i = 0; i < COUNT; i++) {
        for (unsigned j = 0; j < COUNT; j++) {
            uint64_t a = VALUES[i], b = VALUES[j];

            printf("%" PRIx64 " %" PRIx64 ": %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64, a, b, do_div(a, b),
                   do_divu(a, b), do_rem(a, b), do_remu(a, b));
            printf(" %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 "\n", do_divw(a, b), do_divuw(a, b),
                   do_remw(a, b), do_remuw(a, b));
        }
    }
    return 0;
}
