random = fopen('/dev/urandom'); key = ['heat-' sprintf('%02x', fread(random, 8))]; fclose(random);
path = fullfile(getenv('SIMVUE_OFFLINE_DIRECTORY'), 'journals', [key '.jsonl']);
assert(~exist(path, 'file')); % neither language can open a new file only; the name is random
start = ['"format":"simvue-journal","version":"1.0","journal":"' key '","run":"' key '","writer":{}'];
records = {'header', start};
for step = 0:2
    records(end + 1, :) = {'metrics', sprintf('"values":{"loss":%.17g},"step":%d', 1 / (step + 3), step)};
end
records(end + 1, :) = {'end', '"status":"completed","records":4'};
for record = records'
    [~, at] = system('date -u +%Y-%m-%dT%H:%M:%SZ'); % Octave has no datetime, MATLAB no gmtime
    file = fopen(path, 'a'); % opened and closed for each record: both write what they hold when they close
    fprintf(file, '{"kind":"%s","at":"%s",%s}\n', record{1}, strtrim(at), record{2}); fclose(file);
end
