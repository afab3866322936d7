/*
 * Prints what the eight instructions that divide answer to ordinary and to impossible divisions. RISC-V has a result for each of
 * them and no trap: x / 0 is all ones, x % 0 is x, and the quotient that does not fit (the least number / -1) is the least number, with
 * the remainder 0 (The RISC-V Instruction Set Manual, volume I, table "Semantics for division by zero and division overflow").
 *
 * In C these divisions are undefined, so the instructions are written out; on other processors the table above is, in C.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __riscv
#define INSTRUCTION(name)                                                              \
    static uint64_t name(uint64_t a, uint64_t b)                                       \
    {                                                                                  \
        uint64_t result;                                                               \
        __asm__ volatile(#name " %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));         \
        return result;                                                                 \
    }
INSTRUCTION(div)
INSTRUCTION(divu)
INSTRUCTION(rem)
INSTRUCTION(remu)
INSTRUCTION(divw)
INSTRUCTION(divuw)
INSTRUCTION(remw)
INSTRUCTION(remuw)
#define div_ div /* the C library has a function div */
#else
#define SIGNED(name, type, otherwise, overflow, operator)                              \
    static uint64_t name(uint64_t left, uint64_t right)                                \
    {                                                                                  \
        type a = (type)left, b = (type)right, least = (type)((uint64_t)1 << (sizeof(type) * 8 - 1)); \
        return (uint64_t)(int64_t)(b == 0 ? (otherwise) : b == -1 && a == least ? (overflow) : a operator b); \
    }
#endif

int main(void)
{
    return 0;
}
