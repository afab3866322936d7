-- Tables, closures, metatables, coroutines, errors, floating point and garbage collection. Prints nothing that depends
-- on addresses, on time or on the order of a table's keys.

-- closures and sorting
local function counter(step)
  local n = 0
  return function() n = n + step; return n end
end
local one, ten = counter(1), counter(10)
print(one(), one(), ten(), one(), ten())

math.randomseed(42)
local numbers = {}
for i = 1, 4000 do numbers[i] = math.random(1000000) end
local copy = table.move(numbers, 1, #numbers, 1, {})
table.sort(numbers)
table.sort(copy, function(a, b) return a > b end)
local same, sum = true, 0
for i = 1, #numbers do
  same = same and numbers[i] == copy[#copy + 1 - i]
  sum = (sum * 31 + numbers[i]) % 1000000007
end
print("sorted both ways", same, sum, numbers[1], numbers[#numbers])

-- metatables: fractions, inheritance, defaults
local Fraction = {}
Fraction.__index = Fraction
local function gcd(a, b) return b == 0 and a or gcd(b, a % b) end
local function fraction(n, d)
  local g = gcd(n, d)
  return setmetatable({n = n // g, d = d // g}, Fraction)
end
Fraction.__add = function(a, b) return fraction(a.n * b.d + b.n * a.d, a.d * b.d) end
Fraction.__eq = function(a, b) return a.n == b.n and a.d == b.d end
Fraction.__lt = function(a, b) return a.n * b.d < b.n * a.d end
Fraction.__tostring = function(f) return f.n .. "/" .. f.d end
Fraction.__call = function(f) return f.n / f.d end
local harmonic = fraction(0, 1)
for i = 1, 20 do harmonic = harmonic + fraction(1, i) end
print(tostring(harmonic), harmonic(), fraction(1, 2) == fraction(2, 4), fraction(1, 3) < fraction(1, 2))
local defaults = setmetatable({}, {__index = function(t, k) local v = k * k; rawset(t, k, v); return v end})
print(defaults[12], rawget(defaults, 12), rawget(defaults, 13), #defaults)

-- coroutines: permutations, and a pipeline of prime sieves
local function permutations(items)
  local function permute(n)
    if n == 1 then
      coroutine.yield(table.concat(items))
      return
    end
    for i = 1, n do
      items[n], items[i] = items[i], items[n]
      permute(n - 1)
      items[n], items[i] = items[i], items[n]
    end
  end
  return coroutine.wrap(function() permute(#items) end)
end
local list = {}
for p in permutations {"a", "b", "c", "d"} do list[#list + 1] = p end
table.sort(list)
print(#list, table.concat(list, " ", 1, 6))

local function sieve(source, prime)
  return coroutine.wrap(function()
    for n in source do if n % prime ~= 0 then coroutine.yield(n) end end
  end)
end
local source = coroutine.wrap(function() for n = 2, 200 do coroutine.yield(n) end end)
local primes = {}
while true do
  local prime = source()
  if not prime then break end
  primes[#primes + 1] = prime
  source = sieve(source, prime)
end
print(#primes, primes[#primes])

-- errors pass through many frames, and their handlers see them
local function fail(depth) if depth == 0 then error({code = 7}) end; fail(depth - 1); return depth end
local ok, problem = pcall(fail, 50)
print(ok, type(problem), problem.code)
print(pcall(error, "plain"), select("#", pcall(error)), (xpcall(fail, function(e) return e.code * 6 end, 3)))
print(select(2, pcall(function() return 1 + {} end)), select(2, pcall(function() return #5 end)))
print((select(2, pcall(string.rep, "x", -1))), select(2, pcall(string.format, "%d", 1.5)))
do
  local closed = {}
  do local guard <close> = setmetatable({}, {__close = function() closed[1] = "closed" end}) end
  print(closed[1])
end

-- eight queens
local function queens(n)
  local columns, up, down, solutions = {}, {}, {}, 0
  local function place(row)
    if row > n then solutions = solutions + 1; return end
    for column = 1, n do
      if not (columns[column] or up[row + column] or down[row - column]) then
        columns[column], up[row + column], down[row - column] = true, true, true
        place(row + 1)
        columns[column], up[row + column], down[row - column] = nil, nil, nil
      end
    end
  end
  place(1)
  return solutions
end
print("queens", queens(5), queens(6), queens(7))

-- 100 factorial, in decimal digits
local digits = {1}
for n = 2, 100 do
  local carry = 0
  for i = 1, #digits do
    local product = digits[i] * n + carry
    digits[i], carry = product % 10000, product // 10000
  end
  while carry > 0 do digits[#digits + 1], carry = carry % 10000, carry // 10000 end
end
local texts = {tostring(digits[#digits])}
for i = #digits - 1, 1, -1 do texts[#texts + 1] = ("%04d"):format(digits[i]) end
print(table.concat(texts))

-- floating point: a fractal, a sum that loses digits and one that does not, elementary functions
for y = -8, 8, 2 do
  local line = {}
  for x = -28, 12 do
    local cr, ci, zr, zi, n = x / 16, y / 8, 0.0, 0.0, 0
    while n < 32 and zr * zr + zi * zi < 4 do zr, zi, n = zr * zr - zi * zi + cr, 2 * zr * zi + ci, n + 1 end
    line[#line + 1] = n == 32 and "#" or n > 8 and "+" or n > 4 and "." or " "
  end
  print((table.concat(line):gsub("%s+$", "")))
end
local plain, exact, lost = 0.0, 0.0, 0.0
for i = 1, 10000 do
  local term = 1 / i
  plain = plain + term
  local y = term - lost
  local t = exact + y
  lost, exact = (t - exact) - y, t
end
print(("%.14g %.14g %.17g"):format(plain, exact, exact))
print(("%.10g %.10g %.10g %.10g %.10g"):format(math.sin(1), math.exp(1), math.log(10), math.atan(1, 2), 2 ^ 0.3))
print(math.sqrt(2), math.floor(-3.5), math.ceil(-3.5), math.fmod(-7, 3), math.tointeger(3.0), math.ult(1, -1))

-- garbage: most of what is made is thrown away; what is weak goes, what is held stays
local held, weak, finalized = {}, setmetatable({}, {__mode = "v"}), 0
for i = 1, 6000 do
  local thing = {i, tostring(i), {i}}
  if i % 200 == 0 then held[#held + 1] = thing end
  weak[i] = thing
  if i % 1000 == 0 then setmetatable(thing, {__gc = function() finalized = finalized + 1 end}) end
end
collectgarbage()
local alive = 0
for i = 1, 6000 do if weak[i] then alive = alive + 1 end end
print("held", #held, "alive", alive, "finalized", finalized)
held = nil
collectgarbage()
collectgarbage()
print("finalized", finalized, "small again", collectgarbage("count") < 500)
