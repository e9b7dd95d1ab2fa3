/** tfjs's fused activations that the C++ side applies itself, by its number for them (conv.h); others fall back. */
export const activationSymbols: Readonly<Partial<Record<string, number>>> = { linear: 0, relu: 1, relu6: 2 };
