using Dates, UUIDs
key = "heat-$(uuid4())"
path = joinpath(ENV["SIMVUE_OFFLINE_DIRECTORY"], "journals", "$key.jsonl")
exclusive = Base.Filesystem.JL_O_WRONLY | Base.Filesystem.JL_O_CREAT | Base.Filesystem.JL_O_EXCL
file = Base.Filesystem.open(path, exclusive, 0o600) # never a file that is there already; writes are not buffered
record(kind, members) = write(file, """{"kind":"$kind","at":"$(now(UTC))Z",$members}\n""")
record("header", """"format":"simvue-journal","version":"1.0","journal":"$key","run":"$key","writer":{}""")
for step in 0:2
    record("metrics", """"values":{"loss":$(1 / (step + 3))},"step":$step""")
end
record("end", """"status":"completed","records":4""")
close(file)
