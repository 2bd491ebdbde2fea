package breaks

// All is every break.
var All = []Break{}
